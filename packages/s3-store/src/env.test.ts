import { PipelineError } from '@findata/core'
import { expect, test } from 'vitest'
import { s3Env } from './env.ts'

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    s3Env(variables)
  } catch (error) {
    if (error instanceof PipelineError && error.code === 'ENVIRONMENT_INVALID') {
      return error.details.problems as string[]
    }
    throw error
  }
  return []
}

test('the bucket alone is enough', () => {
  expect(s3Env({ BUCKET: 'finance' })).toEqual({ bucket: 'finance', prefix: '' })
})

test('prefix, region and endpoint are taken over', () => {
  expect(
    s3Env({
      BUCKET: 'finance',
      BUCKET_PREFIX: '/prod/city/',
      AWS_REGION: 'us-east-2',
      AWS_ENDPOINT_URL_S3: 'https://s3.example.com',
    }),
  ).toEqual({
    bucket: 'finance',
    prefix: 'prod/city/',
    region: 'us-east-2',
    endpoint: 'https://s3.example.com',
  })
})

test('a store that is not AWS needs no region', () => {
  expect(s3Env({ BUCKET: 'finance', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' }).region).toBe('us-east-1')
})

test('AWS_DEFAULT_REGION counts when AWS_REGION is not set', () => {
  expect(s3Env({ BUCKET: 'finance', AWS_DEFAULT_REGION: 'eu-west-1' }).region).toBe('eu-west-1')
})

test('all problems are named at once, and no value is shown', () => {
  const problems = problemsOf({ BUCKET_PREFIX: 'a//hidden', AWS_ENDPOINT_URL_S3: 'ftp://hidden' })

  expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
    'BUCKET',
    'BUCKET_PREFIX',
    'AWS_ENDPOINT_URL_S3',
  ])
  expect(problems.join()).not.toContain('hidden')
})

test.each(['s3://finance', 'finance/prod', 'Finance', 'f', '-finance'])(
  '%j is not the name of a bucket',
  (BUCKET) => {
    expect(problemsOf({ BUCKET })[0]).toMatch(/^BUCKET is not the name/)
  },
)

test.each(['../up', 'a/../b', './a', 'a b', 'a\nb', 'ä'])('%j is not a prefix', (BUCKET_PREFIX) => {
  expect(problemsOf({ BUCKET: 'finance', BUCKET_PREFIX })[0]).toMatch(/^BUCKET_PREFIX is not a folder/)
})
