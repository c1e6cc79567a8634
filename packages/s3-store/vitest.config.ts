import { defineConfig } from 'vitest/config'

export default defineConfig({
  ssr: { resolve: { conditions: ['@findata/source', 'module', 'node', 'development|production'] } },
})
