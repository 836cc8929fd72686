import { behaviour } from './behaviour.ts';

behaviour({ name: 'QEMU, booted', options: { templates: false }, origin: 'boot' });
