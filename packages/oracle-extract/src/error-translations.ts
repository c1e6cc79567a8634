import { type ErrorCode, TerminalError, TransientError } from '@findata/core'
import type { OracleTask } from './errors.ts'

export type Fate = typeof TransientError | typeof TerminalError

/** What an error of Oracle means here. */
export interface Translation {
  readonly fate: Fate
  readonly code: ErrorCode
  readonly why: string
  readonly nextStep: string
}

const SIX_DIGITS = 5

/** Every code that has its own translation. Other ORA- codes are ORACLE_QUERY_FAILED; anything else passes through untouched. */
const TRANSLATIONS = new Map<string, Translation>()

function translate(codes: string, fate: Fate, code: ErrorCode, why: string, nextStep: string): void {
  for (const name of codes.split(' ')) TRANSLATIONS.set(normalized(name), { fate, code, why, nextStep })
}

/** What only the text of an error tells, since the driver wraps it or has one code for many reasons; looked at first. */
const TRANSLATIONS_BY_TEXT: (Translation & { readonly text: RegExp })[] = []

function translateText(text: RegExp, fate: Fate, code: ErrorCode, why: string, nextStep: string): void {
  TRANSLATIONS_BY_TEXT.push({ text, fate, code, why, nextStep })
}

/** `ORA-942` and `ORA-00942` are the same error. */
export function normalized(code: string): string {
  const [prefix = '', number = ''] = code.split('-')
  return prefix === 'ORA' ? `ORA-${number.padStart(SIX_DIGITS, '0')}` : code
}

// Login. Never transient: a second attempt with a wrong password brings an account closer to its lock.
translate(
  'ORA-1017 ORA-1005 ORA-1004 ORA-988 NJS-101 NJS-173',
  TerminalError,
  'ORACLE_LOGIN_REFUSED',
  'Oracle does not accept the user and password',
  'Correct ORACLE_USER and ORACLE_PASSWORD before the next attempt: Oracle locks accounts after a few wrong ones.',
)
translate(
  'ORA-28000',
  TerminalError,
  'ORACLE_LOGIN_REFUSED',
  'the account is locked',
  'Ask the DBA to unlock it (ALTER USER … ACCOUNT UNLOCK), and correct the password that locked it first.',
)
translate(
  'ORA-28001 ORA-28003 ORA-28007',
  TerminalError,
  'ORACLE_LOGIN_REFUSED',
  'the password has expired',
  'Have it changed by the DBA or with another client, then set ORACLE_PASSWORD.',
)
translate(
  'ORA-28009 ORA-1040 ORA-28040 ORA-28030 ORA-28046 NJS-116',
  TerminalError,
  'ORACLE_LOGIN_REFUSED',
  'the database asks for a way of logging in that the driver does not have',
  'Ask the DBA to reset the password so that a 12C verifier exists for the user.',
)
translate(
  'ORA-1045',
  TerminalError,
  'ORACLE_PERMISSION_REFUSED',
  'the user may not log in at all',
  'Ask the DBA for GRANT CREATE SESSION.',
)

// Reaching the database.
translate(
  'NJS-518 NJS-519 ORA-12514 ORA-12505',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the listener does not know the service',
  'Check the service in ORACLE_CONNECT_STRING or ORACLE_SERVICE; if it is right, the database is not up yet: try again later.',
)
translate(
  'NJS-503 ORA-12541 ORA-12560 ORA-12543',
  TransientError,
  'ORACLE_UNREACHABLE',
  'nothing listens at the address, or it refuses',
  'Check host and port in ORACLE_CONNECT_STRING or ORACLE_HOST and ORACLE_PORT, and that a firewall lets them through; then try again.',
)
translate(
  'NJS-530 ORA-12545 ORA-12154',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the host name cannot be resolved',
  'Check the host in ORACLE_CONNECT_STRING or ORACLE_HOST and the name service of this machine.',
)
translate(
  'NJS-510 ORA-12170 ORA-12535 ORA-12525 ORA-12606',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the address does not answer in time',
  'Check host, port and firewall; if the database is merely slow to accept, try again later.',
)
translate(
  'NJS-511 NJS-504 NJS-521 NJS-536 ORA-12516 ORA-12518 ORA-12519 ORA-12520 ORA-12521 ORA-12526 ORA-12527 ORA-12528 ORA-12537',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the listener refuses new sessions',
  'The database is starting, stopping, restricted or full: try again later, or ask the DBA.',
)
translate(
  'ORA-1033 ORA-1034 ORA-1035 ORA-1089 ORA-1090 ORA-1109 ORA-27101',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the database is not open',
  'It is starting, stopping or restricted: try again later, or ask the DBA.',
)
translate(
  'ORA-18 ORA-20 ORA-2391 ORA-12523 ORA-24418',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the database has no free session',
  'Try again later, use a smaller pool, or ask the DBA for a higher limit.',
)
translateText(
  /^NJS-515.*not in easy connect format:.*\/\w$/s,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the connect string has a service of one letter, which the driver understands only in a descriptor',
  'Set ORACLE_HOST and ORACLE_SERVICE instead of ORACLE_CONNECT_STRING, or write (DESCRIPTION=…(SERVICE_NAME=…)).',
)
translateText(
  /^NJS-515.*Unsupported protocol/s,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the connect string begins with a protocol that is neither tcp nor tcps',
  'Correct ORACLE_CONNECT_STRING: host:port/service, or tcps://host:port/service for TLS.',
)
translate(
  'NJS-516',
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the connect string is a name, and there is no folder to look it up in',
  'Set ORACLE_CONFIG_DIR to the folder of tnsnames.ora, or write ORACLE_CONNECT_STRING as host:port/service.',
)
translate(
  'NJS-125 NJS-512 NJS-514 NJS-515 NJS-517 NJS-520 NJS-522 NJS-523 NJS-524 NJS-535',
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the connect string is not usable',
  'Correct ORACLE_CONNECT_STRING (host:port/service, a descriptor, or a name in the tnsnames.ora of ORACLE_CONFIG_DIR).',
)

// TLS.
translateText(
  /ewallet\.pem/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the wallet cannot be read',
  'Check ORACLE_WALLET_LOCATION: it names the folder that holds ewallet.pem.',
)
const SEALED_WALLET = /^NJS-505.*(?:bad decrypt|interrupted or cancelled)/s
translateText(
  SEALED_WALLET,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the wallet does not open with the password given',
  'Set ORACLE_WALLET_PASSWORD to the one that ewallet.pem was sealed with.',
)
translateText(
  /^NJS-505/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the wallet is not usable',
  'ewallet.pem must hold a private key, its certificate, and the authority of the database; where the database asks for no certificate, leave ORACLE_WALLET_LOCATION out and name the file of the authority in NODE_EXTRA_CA_CERTS.',
)
translateText(
  /certificate has expired|certificate is not yet valid/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the certificate of the database has expired or is not valid yet',
  'Have the DBA renew it, and check the clock of this machine.',
)
translateText(
  /NJS-508/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the certificate of the database is for another host',
  'Connect by a host name that the certificate holds, or give its subject as ssl_server_cert_dn in ORACLE_CONNECT_STRING.',
)
translateText(
  /NJS-507/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the certificate of the database has another subject than the connect string says',
  'Correct ssl_server_cert_dn in ORACLE_CONNECT_STRING, once the DBA has confirmed the subject.',
)
translateText(
  /unable to verify|unable to get (?:local )?issuer|self-signed|signature failure/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'no authority that is trusted here has signed the certificate of the database',
  'Put the authority into ewallet.pem (ORACLE_WALLET_LOCATION) or, without a wallet, name its file in NODE_EXTRA_CA_CERTS.',
)
translateText(
  /\balert\b/,
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the database refuses the certificate of this client, or its version of TLS',
  'Ask the DBA which certificates are accepted, and renew the wallet of ORACLE_WALLET_LOCATION.',
)
translate(
  'NJS-506 NJS-505 NJS-507 NJS-508',
  TransientError,
  'ORACLE_UNREACHABLE',
  'the TLS handshake was broken off',
  'Check that the port speaks TLS (TCPS); if it does, try again later.',
)
translate(
  'NJS-529 NJS-091 NJS-138 NJS-533 NJS-531 NJS-532 NJS-100 NJS-192',
  TerminalError,
  'ENVIRONMENT_INVALID',
  'the database asks for something that the driver does not support (an old version, native encryption, or a character set)',
  'Use Oracle 12.1 or newer, and TCPS instead of native network encryption.',
)

// The connection in use.
translateText(
  /ORA-00028\b/,
  TransientError,
  'ORACLE_CONNECTION_LOST',
  'somebody killed the session',
  'Ask the DBA who killed it and why, then try again.',
)
translateText(
  /ORA-02396\b/,
  TransientError,
  'ORACLE_CONNECTION_LOST',
  'the session was idle for longer than its profile allows',
  'Try again; if it happens again, ask the DBA for a longer IDLE_TIME.',
)
translate(
  'NJS-500 NJS-501 NJS-513 NJS-003 NJS-102 NJS-103 NJS-109 NJS-110 NJS-111 NJS-112 NJS-113 NJS-509 NJS-534 NJS-127 ORA-2068 ORA-3113 ORA-3114 ORA-3135 ORA-28 ORA-2396 ORA-2399 ORA-1012',
  TransientError,
  'ORACLE_CONNECTION_LOST',
  'the connection broke',
  'Try again; if it happens again, look for an idle limit, a firewall in between, or a killed session.',
)
translate(
  'ORA-1013 NJS-123 ORA-40 ORA-2392 ORA-2393 ORA-2394 ORA-2395 ORA-30006 ORA-56735',
  TransientError,
  'ORACLE_TIMEOUT',
  'Oracle stopped the statement',
  'Somebody cancelled it or a resource limit of the database did: try again at a quieter hour, or ask the DBA.',
)
translate(
  'ORA-1555 ORA-8180 ORA-8181 ORA-1466 ORA-22924 ORA-30052',
  TransientError,
  'ORACLE_SNAPSHOT_TOO_OLD',
  'Oracle no longer has the undo of the moment being read',
  'Try again at a quieter hour, or ask the DBA for more undo (UNDO_RETENTION longer than the read).',
)
translate(
  'ORA-4031 ORA-4030 ORA-4036 ORA-1652 ORA-30036 ORA-1536 ORA-257',
  TransientError,
  'ORACLE_BUSY',
  'the database is out of memory or space',
  'Try again at a quieter hour; if it stays, tell the DBA the code.',
)

// The query and the views.
translate(
  'ORA-942 ORA-4043 ORA-980 ORA-1775 ORA-2019 ORA-4042',
  TerminalError,
  'ORACLE_VIEW_MISSING',
  'is not there, or the user may not see it',
  'Check the name, or ask its owner for GRANT SELECT.',
)
translate(
  'ORA-4063 ORA-24372',
  TerminalError,
  'ORACLE_VIEW_MISSING',
  'has errors of its own and cannot be read',
  'Ask its owner to correct and recompile it.',
)
translate(
  'ORA-1031 ORA-41900 ORA-1720 ORA-990 ORA-1749 ORA-28110 ORA-28113',
  TerminalError,
  'ORACLE_PERMISSION_REFUSED',
  'the user lacks a privilege',
  'Ask the owner of the view, or the DBA, for GRANT SELECT.',
)
translate(
  'ORA-904',
  TerminalError,
  'COLUMNS_MISSING',
  'the source lacks a column',
  'Correct the query of the record type, or ask the owner of the view what became of the column.',
)
translate(
  'ORA-900 ORA-903 ORA-905 ORA-906 ORA-907 ORA-908 ORA-909 ORA-911 ORA-913 ORA-917 ORA-918 ORA-919 ORA-920 ORA-921 ORA-923 ORA-925 ORA-926 ORA-927 ORA-928 ORA-931 ORA-932 ORA-933 ORA-934 ORA-935 ORA-936 ORA-937 ORA-938 ORA-939 ORA-960 ORA-972 ORA-979 ORA-997 ORA-998 ORA-1006 ORA-1008 ORA-1036 ORA-1719 ORA-1730 ORA-1740 ORA-1742 ORA-1745 ORA-1747 ORA-1756 ORA-1785 ORA-1789 ORA-1790 ORA-1791 ORA-1795 ORA-1797 ORA-3049 ORA-3115 ORA-6553 ORA-30484 NJS-097 NJS-098 NJS-137',
  TerminalError,
  'ORACLE_QUERY_INVALID',
  'Oracle does not understand the query',
  'Correct the query of the record type.',
)
translate(
  'ORA-1722 ORA-1426 ORA-1427 ORA-1476 ORA-1489 ORA-1830 ORA-1839 ORA-1840 ORA-1841 ORA-1843 ORA-1847 ORA-1850 ORA-1858 ORA-1861 ORA-1873 ORA-1878 ORA-6502 ORA-6503 ORA-12801',
  TerminalError,
  'ORACLE_QUERY_FAILED',
  'a value in the data does not fit what the view or the query does with it',
  'Find the row with the owner of the view; every run will fail until it is corrected there.',
)

/** What is wrong with a value. From Oracle 23 on the database's own words may quote it. */
export const WORDS_OF_VALUES: Readonly<Record<string, string>> = {
  'ORA-01426': 'numeric overflow',
  'ORA-01427': 'single-row subquery returns more than one row',
  'ORA-01476': 'divisor is equal to zero',
  'ORA-01489': 'result of string concatenation is too long',
  'ORA-01722': 'invalid number',
  'ORA-01830': 'date format picture ends before converting entire input string',
  'ORA-01839': 'date not valid for month specified',
  'ORA-01840': 'input value not long enough for date format',
  'ORA-01841': '(full) year must be between -4713 and +9999, and not be 0',
  'ORA-01843': 'not a valid month',
  'ORA-01847': 'day of month must be between 1 and last day of month',
  'ORA-01850': 'hour must be between 0 and 23',
  'ORA-01858': 'a non-numeric character was found where a numeric was expected',
  'ORA-01861': 'literal does not match format string',
  'ORA-01873': 'the leading precision of the interval is too small',
  'ORA-01878': 'specified field not found in datetime or interval',
}

const NO_WALLET_PASSWORD: Translation = {
  fate: TerminalError,
  code: 'ENVIRONMENT_INVALID',
  why: 'the wallet needs a password, and none was given',
  nextStep: 'Set ORACLE_WALLET_PASSWORD to the one that ewallet.pem was sealed with.',
}

/** A connection that breaks before it is one says that the database cannot be reached. */
const BROKEN_OFF: Translation = {
  fate: TransientError,
  code: 'ORACLE_UNREACHABLE',
  why: 'the connection was broken off while it was made',
  nextStep:
    'Try again later; if it happens each time, check that the port speaks what ORACLE_CONNECT_STRING says (TCP or TCPS), and with the DBA whether a certificate is asked for.',
}

/** `AFAR` of `ORA-02063: preceding line from AFAR`. */
export function linkIn({ message }: Error): string | undefined {
  return /\bORA-0206[38]: (?:preceding|following) [a-z0-9 ]*from (\S+)/.exec(message)?.[1]
}

/** Our own database let us in: it is the one behind the link that does not. */
function behindLink(translation: Translation, link: string): Translation {
  const nextStep = 'Ask the owner of the view, or the DBA, about the database link.'
  switch (translation.code) {
    case 'ORACLE_UNREACHABLE':
    case 'ORACLE_CONNECTION_LOST':
      return {
        fate: TransientError,
        code: 'ORACLE_UNREACHABLE',
        why: `the database behind the link ${link} cannot be reached`,
        nextStep: `Try again later. ${nextStep}`,
      }
    case 'ORACLE_LOGIN_REFUSED':
      return {
        fate: TerminalError,
        code: 'ORACLE_PERMISSION_REFUSED',
        why: `the database behind the link ${link} does not let it in`,
        nextStep,
      }
    default:
      return translation
  }
}

/** For a code that nobody has translated. */
export const LEFTOVER: Translation = {
  fate: TerminalError,
  code: 'ORACLE_QUERY_FAILED',
  why: 'Oracle refused',
  nextStep: 'Look the code up at https://docs.oracle.com/error-help/db/, or ask the DBA.',
}

/** The translation of a driver's error by its text or code; undefined for errors that are not Oracle's. */
export function translationOf(
  cause: Error,
  code: string,
  { isConnecting, hasWalletPassword }: Pick<OracleTask, 'isConnecting' | 'hasWalletPassword'> = {},
): Translation | undefined {
  if (hasWalletPassword === false && SEALED_WALLET.test(cause.message)) return NO_WALLET_PASSWORD
  const byText = TRANSLATIONS_BY_TEXT.find(({ text }) => code.startsWith('NJS-') && text.test(cause.message))
  const translation = byText ?? TRANSLATIONS.get(code) ?? (code.startsWith('ORA-') ? LEFTOVER : undefined)
  const link = linkIn(cause)
  if (translation && link !== undefined) return behindLink(translation, link)
  return isConnecting && translation?.code === 'ORACLE_CONNECTION_LOST' ? BROKEN_OFF : translation
}
