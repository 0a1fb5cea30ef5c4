import { stopSharedServer } from './global-setup.mjs';

export default stopSharedServer;
