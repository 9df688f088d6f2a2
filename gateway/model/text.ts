/** A sentence in both languages of the product; every text a person reads is one of these. */
export interface Bilingual {
  readonly zh: string;
  readonly en: string;
}
