/**
 * The write side of one aggregate as three pure things. `decide` throws a Rejection when the command may not happen,
 * and answers no events when nothing changes. Time, ids and policies come in through `context`; nothing here does I/O.
 */
export interface Decider<State, Command, Event, Context> {
  readonly initialState: State;
  evolve(state: State, event: Event): State;
  decide(state: State, command: Command, context: Context): readonly Event[];
}

/** The state that a history of events leads to. */
export function fold<State, Event>(
  decider: Pick<Decider<State, never, Event, never>, 'initialState' | 'evolve'>,
  events: readonly Event[],
): State {
  return events.reduce((state, event) => decider.evolve(state, event), decider.initialState);
}
