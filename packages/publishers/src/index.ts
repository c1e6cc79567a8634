/** Publishes entities to Knack apps and Socrata datasets. */

export type {
  Conversion,
  Departed,
  Destination,
  FieldSource,
  KnackConnection,
  KnackDestination,
  MappedField,
  Mapping,
  Reference,
  SocrataConnection,
  SocrataDestination,
  SourceFilter,
} from './mapping.ts'
