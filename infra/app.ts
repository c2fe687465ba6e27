/** `cdk synth`, `cdk diff`, `cdk deploy`: the command line runs this file (see cdk.json). Build the functions first. */
import { synth } from './synth.ts';

await synth({ assets: 'dist/functions', check: true });
