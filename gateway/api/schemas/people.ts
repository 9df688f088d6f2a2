import type { Bilingual } from '../../model/text.ts';
import { bilingualSchema } from './parts.ts';
import { flag, id, list, named, nullable, object, ref, text, type NamedSchema } from './schema.ts';

export interface ContactMethodResource {
  readonly kind: string;
  /** Number or address; masked for those who may not see it. */
  readonly to: string;
  readonly ridesOn: string | null;
}
export interface ContactResource {
  readonly id: string;
  readonly agency: string;
  readonly role: string;
  readonly name: Bilingual | null;
  readonly drillable: boolean;
  readonly methods: readonly ContactMethodResource[];
}
export interface AgencyResource {
  readonly id: string;
  readonly kind: string;
  readonly name: Bilingual;
}

export const contactSchema: NamedSchema<ContactResource> = named('Contact', object<ContactResource>({
  id: id('The contact'),
  agency: id('Its agency'),
  role: text('Its slot or role there'),
  name: nullable(ref(bilingualSchema)),
  drillable: flag('May be told about a drill'),
  methods: list(object<ContactMethodResource>({
    kind: text('sms, voice, email ...'), to: text('Number or address; masked for viewers'), ridesOn: nullable(id('The carrier that it needs')),
  }, 'A way to reach the contact'), 'In the order in which they are tried'),
}, "A person's role at an agency"));

export const agencySchema: NamedSchema<AgencyResource> = named('Agency', object<AgencyResource>({
  id: id('The agency'), kind: text('bureau, carrier, tower ...'), name: ref(bilingualSchema),
}, 'An agency of the arrangement'));
