import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { wrongRange, wrongType } from '../base/invalid.ts';
import { checkArray } from '../base/options.ts';

/**
 * Modules that a user names for children to load, as URLs.
 *
 * @param name What the list is called in messages.
 * @throws TypeError for what is no list of strings and URLs; RangeError for a relative path, because a child would look elsewhere.
 */
export function moduleUrls(owner: string, name: string, modules: unknown): string[] {
  checkArray(owner, name, modules);
  return modules.map((module, index) => urlOf(owner, `${name}[${index}]`, module));
}

function urlOf(owner: string, name: string, module: unknown): string {
  if (module instanceof URL) return module.href;
  if (typeof module !== 'string') throw wrongType(owner, name, 'a URL or an absolute path', module);
  if (isAbsolute(module)) return pathToFileURL(module).href;
  if (URL.canParse(module)) return module;
  throw wrongRange(owner, name, 'a URL or an absolute path, such as `import.meta.resolve(…)`', module);
}
