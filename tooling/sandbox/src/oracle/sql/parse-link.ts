import { unimplemented } from './errors.ts'
import type { Statement } from './syntax.ts'
import type { TokenStream } from './token-stream.ts'

/** `@link` behind the name of an object. */
export function parseLink(tokens: TokenStream): string | undefined {
  return tokens.takeSymbol('@') ? parseLinkName(tokens) : undefined
}

function parseLinkName(tokens: TokenStream): string {
  const parts = [tokens.identifier()]
  while (tokens.takeSymbol('.')) parts.push(tokens.identifier())
  return parts.join('.')
}

/** What follows CREATE [PUBLIC] DATABASE LINK. */
export function parseCreateLink(tokens: TokenStream, isPublic: boolean): Statement {
  const { position } = tokens
  const link = parseLinkName(tokens)
  tokens.expectWords('CONNECT', 'TO')
  if (tokens.isWord('CURRENT_USER')) throw unimplemented('CONNECT TO CURRENT_USER', tokens.position)
  const username = tokens.identifier()
  tokens.expectWords('IDENTIFIED', 'BY')
  tokens.identifier()
  tokens.expectWords('USING')
  return { kind: 'createLink', link, isPublic, username, connectString: tokens.text(), position }
}

/** What follows DROP [PUBLIC] DATABASE LINK. */
export function parseDropLink(tokens: TokenStream, isPublic: boolean): Statement {
  const { position } = tokens
  return { kind: 'dropLink', link: parseLinkName(tokens), isPublic, position }
}
