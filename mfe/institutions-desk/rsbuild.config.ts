import { reactRemote } from '../kit/build/react-remote.ts';

export default reactRemote('institutions-desk');
