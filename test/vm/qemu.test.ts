import { behaviour } from './behaviour.ts';

behaviour({ name: 'QEMU', options: {} });
