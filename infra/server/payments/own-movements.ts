import { type Movement, type OwnMovements, OwnMovementsUnknown } from '@qingpu/domains-payments/ports';
import type { Statements } from '@qingpu/read-models-payments/statement-queries';

/** What moved on a day, from the view of payments as soon as it has everything that stands in the log. */
export class ViewOfMovements implements OwnMovements {
  readonly #statements: Pick<Statements, 'movements'>;

  constructor(statements: Pick<Statements, 'movements'>) {
    this.#statements = statements;
  }

  async onDay(institutionCode: string, date: string): Promise<readonly Movement[]> {
    const found = await this.#statements.movements({ institutionCode, date });
    if (!found) throw new OwnMovementsUnknown('the view of payments lags');
    return found;
  }
}
