import { z } from 'zod'

/** A name that Oracle can quote. */
export const columnName = z
  .string()
  .regex(/^[^"\p{Cc}]{1,128}$/u, 'is no column name: it has 1 to 128 characters and no double quote')
