/** Devices that were taken in at run time: an overlay over the document, kept in the data folder until somebody writes them into the file. */
import { stringify } from 'yaml';
import type { ArrangementDocument } from './schema/document.ts';
import { deviceSchema } from './schema/places.ts';
import { compile, fieldName, show } from './validate.ts';

export type AdoptedDevice = ArrangementDocument['devices'][number];
/** State rows of the journal that hold them. */
export const ADOPTED_PREFIX = 'overlay/device/';

const validate = compile(deviceSchema);

/** Checks what somebody wants to take in, by the same schema as the file. */
export function checkAdopted(device: unknown): { readonly type: 'device'; readonly device: AdoptedDevice } | { readonly type: 'wrong'; readonly because: string } {
  if (validate(device)) return { type: 'device', device: device as AdoptedDevice };
  const [error] = validate.errors ?? [];
  const field = fieldName((error?.instancePath ?? '').split('/').slice(1));
  const missing = (error?.params as { missingProperty?: string; additionalProperty?: string } | undefined) ?? {};
  const named = missing.missingProperty ?? missing.additionalProperty;
  return { type: 'wrong', because: `${[field, named].filter(Boolean).join('.')}: ${error?.message ?? 'not valid'}${named === undefined ? `, not ${show(error?.data)}` : ''}` };
}

/** The overlay as it would stand in the file. */
export const adoptedYaml = (devices: readonly AdoptedDevice[]): string => (devices.length === 0 ? 'devices: []\n' : stringify({ devices }));

/** The document with what was adopted; what the file has meanwhile, and what belongs to a site that has gone, is left out. */
export function withAdopted(document: ArrangementDocument, adopted: readonly AdoptedDevice[]): ArrangementDocument {
  const known = new Set(document.devices.map(({ id }) => id));
  const sites = new Set(document.sites.map(({ id }) => id));
  const more = adopted.filter(({ id, site }) => !known.has(id) && sites.has(site));
  return more.length === 0 ? document : { ...document, devices: [...document.devices, ...more] };
}
