import { commandLedgerContract } from './testing/command-ledger.contract.ts';
import { eventLogContract } from './testing/event-log.contract.ts';
import { FakeCommandLedger } from './testing/fake-command-ledger.ts';
import { FakeEventLog } from './testing/fake-event-log.ts';

eventLogContract('fake', () => new FakeEventLog());
commandLedgerContract('fake', () => new FakeCommandLedger());
