import type { Field } from '../fields/field.ts';
import type { Plan } from '../mapping/plan.ts';
import { quoteTable } from './sqlSession.ts';

/** The tables and columns of a target, quoted for SQL. */
export interface TargetNames {
  readonly discovery: string;
  readonly discoveryHistory: string;
  readonly inventory: string;
  readonly inventoryHistory: string;
  readonly runs: string;
  readonly progress: string;
  readonly lock: string;
}

export function targetNames({ source: { mapping } }: Plan): TargetNames {
  const { tables, bookkeeping } = mapping.target;
  return {
    discovery: quoteTable(tables.discovery),
    discoveryHistory: quoteTable(`${tables.discovery}_history`),
    inventory: quoteTable(tables.inventory),
    inventoryHistory: quoteTable(`${tables.inventory}_history`),
    runs: quoteTable(`${bookkeeping}_runs`),
    progress: quoteTable(`${bookkeeping}_progress`),
    lock: quoteTable(`${bookkeeping}_lock`),
  };
}

/** `azureADDeviceId` becomes `azure_ad_device_id`: names that need no quotes in any database. */
export function columnOfField({ graph }: Field): string {
  return graph
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
}
