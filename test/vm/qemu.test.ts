import { behaviour } from './behaviour.ts';

behaviour({ name: 'QEMU, from a template', options: { templates: true }, cloned: true });
