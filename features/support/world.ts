import { setWorldConstructor, World } from '@cucumber/cucumber';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { Today } from '@qingpu/contracts/http/slots';
import { INSTITUTIONS, type InstitutionPlan } from '@qingpu/data/institutions';
import type { SyntheticResident } from '@qingpu/data/residents';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import type { Answer, EntryAddress } from './api-user.ts';
import { Hospital } from './hospital.ts';
import { Installation } from './installation.ts';
import { forgetFailures, type Interference, type Screen, type Size } from './screen.ts';
import { type Attempt, Visits } from './visits.ts';
import { type Row, registrationOf } from './words.ts';

const DAY_MS = 86_400_000;
/** Institutions that have registered on an installation, by their codes. */
const contracted = new WeakMap<Installation, Set<string>>();

let installation: Installation | undefined;
let timed: Promise<Installation> | undefined;

/** Before the first scenario. */
export async function openInstallation(): Promise<void> {
  await forgetFailures();
  installation = await Installation.start();
}

/** After the last scenario, also when the start failed. */
export async function closeInstallation(): Promise<void> {
  await Promise.all([installation?.stop(), timed?.then((started) => started.stop())]);
  installation = undefined;
  timed = undefined;
}

/** What one scenario knows. */
export class QingpuWorld extends World {
  readonly startedAt = new Date();
  /** What a person was told last. */
  answer: Answer | undefined;
  /** What the scenario knows of schedules and bookings. */
  readonly visits = new Visits(() => this.installation);
  /** What came of many who wanted the same, in the order in which they asked. */
  crowd: readonly Attempt[] = [];
  /** Who called to book, in order. */
  callers: readonly SyntheticResident[] = [];
  /** What slots are traced by. */
  traced: Readonly<Record<string, string>> = {};
  /** The suspension that was entered last at the desk. */
  suspensionId = '';
  /** The title of the announcement that was published last, of this scenario only. */
  title = '';
  /** The place on the preview list that was given last. */
  preview = { channel: '', service: '' };
  /** The figures of a day that were looked at last. */
  figures: Today | undefined;
  readonly #hospitals = new Map<string, Hospital>();
  readonly #guests: Hospital[] = [];
  readonly #screens: Screen[] = [];
  readonly #interferences: Interference[] = [];
  #hospital: Hospital | undefined;
  #installation: Installation | undefined;
  #visitDay: string | undefined;

  /** The platform that the scenario speaks of. */
  get installation(): Installation {
    if (this.#installation) return this.#installation;
    if (!installation) throw new Error('the installation is not running');
    return installation;
  }

  /** From now on the scenario speaks of a platform whose clock it moves; started when the first scenario wants it. */
  async moveClock(): Promise<void> {
    timed ??= Installation.start({ clock: 'movable' });
    this.#installation = await timed;
  }

  /** The calendar date in Shanghai by the platform's clock, so many days from today. */
  day(days: number): string {
    return new Date(this.installation.now() + 8 * 3_600_000 + days * DAY_MS).toISOString().slice(0, 10);
  }

  /** The day of the scenario's visits: the day after tomorrow or later, so that it holds at any hour. */
  get visitDay(): string {
    this.#visitDay ??= this.day(this.installation.nextVisitDay());
    return this.#visitDay;
  }

  /** The hospital that the scenario speaks of. */
  get hospital(): Hospital {
    if (!this.#hospital) throw new Error('the scenario has not named a hospital yet');
    return this.#hospital;
  }

  /** The address under which a resident comes in from another app, and what it answered. */
  entry = '';
  entered: Response = new Response();

  /** The window that was opened last. */
  get screen(): Screen {
    const last = this.#screens.at(-1);
    if (!last) throw new Error('the scenario has not opened a screen yet');
    return last;
  }

  /** From now on windows open with something between them and the platform. */
  meanwhile(pattern: string, handle: Interference['handle']): void {
    this.#interferences.push({ pattern, handle });
  }

  /** Opens a window for a person; `visitor` has no session. */
  async open(size: Size, account: string, path: string): Promise<void> {
    const screen = await (await this.installation.windows()).open(size);
    this.#screens.push(screen);
    for (const interference of this.#interferences) await screen.interfere(interference);
    // Whoever looks at a moved platform lives in its time.
    if (this.installation.clock) await screen.page.clock.setFixedTime(new Date(this.installation.now()));
    if (account !== 'visitor') await screen.signIn(account, this.installation.signInCode);
    await screen.page.goto(path);
  }

  /** A hospital that is new to the platform; the scenario goes on to speak of it. */
  connect(name: string): Hospital {
    const hospital = this.#hospitalOf(name, this.installation.nextHospital());
    this.#guests.push(hospital);
    return this.#speakOf(hospital);
  }

  /** A hospital that is new to the platform and registers its institution. */
  async admit(name: string, more: Row = {}): Promise<Hospital> {
    const hospital = this.connect(name);
    const row = { 名称: name, 简称: name.slice(0, 20), ...more };
    await hospital.register(
      'institution',
      [registrationOf('institution', hospital.institutionCode, row)],
      false,
    );
    if (hospital.outcome.kind !== 'single') throw new Error(`${name} could not register itself`);
    return hospital;
  }

  /** The system of an institution of the synthetic district. */
  async speakOfDistrict(name: string): Promise<Hospital> {
    const partner = await this.installation.partnerOf(name);
    return this.#speakOf(this.#hospitalOf(name, partner));
  }

  /** The system of an institution by its short name, on the platform whose clock can be moved; `fresh` when it comes for the first time. */
  async speakOfContracted(
    shortName: string,
  ): Promise<{ readonly fresh: boolean; readonly plan: InstitutionPlan }> {
    await this.moveClock();
    const plan = INSTITUTIONS.find((candidate) => candidate.shortName === shortName);
    if (!plan) throw new Error(`no institution is called ${shortName}`);
    const known = contracted.get(this.installation) ?? new Set<string>();
    contracted.set(this.installation, known);
    const fresh = !known.has(plan.code);
    known.add(plan.code);
    this.#speakOf(this.#hospitalOf(shortName, this.installation.districtPartner(plan.code)));
    return { fresh, plan };
  }

  #hospitalOf(name: string, partner: PartnerCredential): Hospital {
    const { installation } = this;
    return new Hospital(name, installation.url, partner, () => installation.now());
  }

  hospitalNamed(name: string): Hospital {
    const found = this.#hospitals.get(name);
    if (!found) throw new Error(`the scenario has not named ${name} yet`);
    return found;
  }

  #speakOf(hospital: Hospital): Hospital {
    this.#hospitals.set(hospital.name, hospital);
    this.#hospital = hospital;
    return hospital;
  }

  /** The address of an entry of the hospital; an institution has its own code. */
  addressOf(kind: DirectoryKind, code: string): EntryAddress {
    const { institutionCode } = this.hospital;
    return { kind, institutionCode, code: kind === 'institution' ? institutionCode : code };
  }

  /** Closes every window; of a scenario that failed the last one is kept as a picture. */
  async closeScreens(failedScenario: string | undefined): Promise<void> {
    if (failedScenario !== undefined) await this.#screens.at(-1)?.pictureOfFailure(failedScenario);
    await Promise.all(this.#screens.map((screen) => screen.close()));
  }

  /**
   * Cancels what residents have booked, so that nobody is at a limit on the day of another scenario. What is over already
   * is refused, which is as good; where the clock moves, days are not shared.
   */
  async #giveBack(): Promise<void> {
    if (this.installation.clock) return;
    await this.visits.giveBack();
  }

  /** Takes the scenario's new hospitals out of the directory, so that the next one finds the district as it was. */
  async leave(): Promise<void> {
    await this.#giveBack();
    const admin = await this.installation.user('district-admin');
    for (const { institutionCode, position } of this.#guests) {
      if (position === undefined) continue;
      await admin.deactivate(
        { kind: 'institution', institutionCode, code: institutionCode },
        '场景结束',
        position,
      );
    }
  }
}

setWorldConstructor(QingpuWorld);
