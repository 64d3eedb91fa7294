import { dataKeyStoreContract } from './testing/data-key-store.contract.ts';
import { FakeDataKeyStore } from './testing/fake-data-key-store.ts';

dataKeyStoreContract('fake', () => new FakeDataKeyStore());
