/** The version of `kt`: that of the package it is part of. A bundler takes the file in. */
import manifest from '../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
