/** A small CA with a server and client certificates, made by openssl for one test. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export class TestCa {
  readonly folder: string;
  constructor(folder: string, name = 'ca') {
    this.folder = folder;
    this.name = name;
    this.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', this.path(`${name}.key`), '-out', this.path(`${name}.pem`));
  }
  readonly name: string;
  path(file: string): string { return join(this.folder, file); }
  get file(): string { return this.path(`${this.name}.pem`); }

  /** Issues `<name>.pem` and `<name>.key` for localhost. */
  issue(name: string, days = 1): { readonly cert: string; readonly key: string } {
    const [key, request, cert, extension] = ['key', 'csr', 'pem', 'ext'].map((ending) => this.path(`${name}.${ending}`)) as [string, string, string, string];
    this.#openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    writeFileSync(extension, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    this.#openssl('x509', '-req', '-in', request, '-CA', this.file, '-CAkey', this.path(`${this.name}.key`), '-CAcreateserial', '-days', String(days), '-extfile', extension, '-out', cert);
    return { cert, key };
  }
  text(file: string): string { return readFileSync(file, 'utf8'); }
  #openssl(...args: string[]): void { execFileSync('openssl', args, { stdio: 'pipe' }); }
}
