import { type Catalogue, toCatalogue } from '../catalogue.ts'
import { fdus } from './fdus.ts'
import { masterAgreements } from './master-agreements.ts'
import { objects } from './objects.ts'
import { subprojects } from './subprojects.ts'
import { taskOrders } from './task-orders.ts'
import { units } from './units.ts'

/** The record types that come built in. */
export const catalogue: Catalogue = toCatalogue([
  taskOrders,
  units,
  objects,
  masterAgreements,
  fdus,
  subprojects,
])
