import { vueRemote } from '../kit/build/vue-remote.ts';

export default vueRemote('slots-resident');
