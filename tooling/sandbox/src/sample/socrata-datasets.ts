import type { SocrataColumn, SocrataDatasetDefinition } from '../socrata/socrata-dataset.ts'

/**
 * The four datasets that finance records are published to, empty. Ids are text, since a number column loses trailing zeros; the ids
 * of task orders, departments' units and FDUs are those of the public portal, that of the subprojects is made up.
 */
export function financeSocrataDatasets(): readonly SocrataDatasetDefinition[] {
  return [
    {
      id: 'ggav-ufvc',
      name: 'Task orders',
      rowIdentifier: 'task_order',
      columns: [
        ...text('dept', 'task_order', 'name', 'status', 'tk_type'),
        ...number('current_estimate', 'chargedamount', 'balance'),
        ...text('buyer_fdus', 'display_name'),
      ],
    },
    {
      id: 'bgrt-2m2z',
      name: 'Department units',
      rowIdentifier: 'dept_unit_id',
      columns: text(
        'dept_unit_id',
        'dept_id',
        'dept',
        'unit',
        'unit_long_name',
        'unit_short_name',
        'dept_unit_status',
      ),
    },
    {
      id: 'jega-nqf6',
      name: 'Subproject FDUs',
      rowIdentifier: 'fdu_id',
      columns: text(
        'dept_code_name',
        'sub_project_id',
        'subproject_id_uk',
        'sp_number_txt',
        'fdu_id',
        'fdu',
        'fund',
        'fundname',
        'dept',
        'dept_id',
        'dept_unit_id',
        'dept_unit_status',
        'unit',
        'unit_long_name',
        'unit_short_name',
      ),
    },
    {
      id: 'sp9x-subp',
      name: 'Subprojects',
      rowIdentifier: 'sp_number_txt',
      isPublic: false,
      columns: text(
        'project_number',
        'sp_number_txt',
        'sp_name',
        'sp_description',
        'sp_detailed_scope',
        'sub_project_managing_dept',
        'sp_status',
      ),
    },
  ]
}

function text(...fields: readonly string[]): readonly SocrataColumn[] {
  return fields.map((fieldName) => ({ fieldName, dataTypeName: 'text' }))
}

function number(...fields: readonly string[]): readonly SocrataColumn[] {
  return fields.map((fieldName) => ({ fieldName, dataTypeName: 'number' }))
}
