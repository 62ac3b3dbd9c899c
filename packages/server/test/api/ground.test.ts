import { describeGround } from './ground.ts';

describeGround('SQLite', async () => ({}));
