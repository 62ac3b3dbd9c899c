import { describeAuditChain } from './audit-chain-contract.ts';
import { sqliteFile } from './places.ts';

describeAuditChain('SQLite in a file', sqliteFile);
