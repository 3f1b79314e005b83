import { ChannelStore } from '../../server/models/channel.ts';

/** Makes version 2 of the model `tint` active in a data folder: argument 2 of the process. */
await new ChannelStore(process.argv[2] ?? '').write('tint', { active: 2, isPinned: true });
