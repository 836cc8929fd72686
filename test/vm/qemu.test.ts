import { behaviour } from './behaviour.ts';

behaviour({ name: 'QEMU, from a template', options: { templates: true }, origin: 'template' });
