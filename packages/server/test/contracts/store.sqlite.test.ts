import { contractSets } from './contract-sets.ts';
import { describeSealing, keptSets } from './encoding-contract.ts';
import { describeNodes } from './nodes-contract.ts';
import { sqliteFile, sqliteMemory, sqliteThreads } from './places.ts';
import { describeStore, PORT_PARTS } from './store-contract.ts';
import { describeUpgrade } from './upgrade-contract.ts';

const sets = [...contractSets, ...keptSets];

describeStore('SQLite in a file', sets, sqliteFile, [...PORT_PARTS, describeSealing]);
describeStore('SQLite in a file, read in threads', sets, sqliteThreads, [...PORT_PARTS, describeSealing]);
describeStore('SQLite in memory', sets, sqliteMemory, [...PORT_PARTS, describeSealing]);
describeUpgrade('SQLite in a file', sqliteFile);
describeNodes('SQLite in a file', sqliteFile);
describeNodes('SQLite in a file, read in threads', sqliteThreads);
