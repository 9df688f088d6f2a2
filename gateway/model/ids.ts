/** Ids are plain strings from the arrangement; brands keep a site from being passed where a link is meant. */
declare const kind: unique symbol;
type Id<Kind extends string> = string & { readonly [kind]: Kind };

export type AgencyId = Id<'agency'>;
export type ContactId = Id<'contact'>;
export type SiteId = Id<'site'>;
export type LinkId = Id<'link'>;
export type DeviceId = Id<'device'>;
export type AlertId = Id<'alert'>;

/** What an id in a topic, a file or a URL may look like; also safe as an InfluxDB tag value. */
export const ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$';
const idRegExp = new RegExp(ID_PATTERN);
export const isId = (text: string): boolean => idRegExp.test(text);
