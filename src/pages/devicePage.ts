import { REASONS } from '../outcomes/reason.ts';
import type { DeviceStanding, RecheckProgress } from './deviceDesk.ts';
import { html, type Markup } from './markup.ts';
import { notice, pageFrame, type NoticeKind } from './pageFrame.ts';
import type { Place } from './placeToGo.ts';
import type { PageTexts } from './pageTexts.ts';
import { helpFor, remedyFor, settingInWords, systemOf } from './remedies.ts';

export interface DevicePage {
  readonly standing: DeviceStanding;
  readonly texts: PageTexts;
  readonly username: string;
  /** Proves that a recheck was asked for on this page, by this session. */
  readonly formToken: string;
  /** Where to go on to once the device is in order; it was checked. */
  readonly goto: Place | undefined;
  /** Path and query of the page itself, to come back to. */
  readonly self: string;
  /** May a recheck have the device check in? */
  readonly canTell: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Most failing settings that are shown. */
const MOST_SHOWN = 50;
/** How often a browser without scripts reloads the page while a recheck runs, seconds. */
const RELOAD_SECONDS = 10;

/** How a device stands, why, what to do, and a way to have it looked at again. */
export function devicePage(page: DevicePage): string {
  const { standing, texts, username, goto } = page;
  const { decision, recheck } = standing;
  const { say } = texts;
  const isGood = decision.outcome === 'Compliant';
  const kind: NoticeKind = isGood ? 'good' : decision.outcome === 'InGracePeriod' ? 'warning' : 'error';
  return pageFrame({
    title: say('device.title'),
    texts,
    reloadWithoutScript: recheck.state === 'running' ? RELOAD_SECONDS : undefined,
    content: html`<p class="who">${say('device.signedInAs', { name: username })}</p>
      ${recheck.state === 'changed' && notice('information', html`<p>${say('device.changed')}</p>`, { focus: true })}
      ${recheck.state === 'unchanged' && notice('information', html`<p>${say('device.unchanged')}</p>`, { focus: true })}
      <div class="outcome ${kind}">
        <h1>${say(`outcome.${decision.outcome}`)}</h1>
        <p>${explain(standing, texts)}</p>
      </div>
      ${isGood && goto !== undefined && html`<p><a class="button" href="${goto.href}">${say('device.go', { place: goto.name })}</a></p>`}
      ${failedSettings(standing, texts)} ${!isGood && recheckForm(page)} ${facts(page)}
      ${!isGood && generalHelp(standing, texts)}`,
  });
}

/** In plain words, for the person at the device. Nothing that only administrators can use. */
export function explain({ decision: { reason } }: DeviceStanding, { find, say }: PageTexts): string {
  return find(`reason.${reason}`) ?? say(`about.${REASONS[reason].about}`);
}

/** A failing setting as people are told of it. */
export interface ToldSetting {
  readonly title: string;
  readonly advice: string;
  readonly policy: string;
  /** Microsoft's help. */
  readonly link: string | undefined;
}

export function tellSettings(
  { failed, device }: DeviceStanding,
  { say, find }: PageTexts,
): readonly ToldSetting[] {
  const system = systemOf(device?.operatingSystem ?? '');
  return (failed?.settings ?? []).slice(0, MOST_SHOWN).map(({ setting, policy }) => {
    const { kind, link } = remedyFor(setting, system);
    return {
      title: find(`setting.${kind}`) ?? settingInWords(setting),
      advice: say(`setting.${kind}.advice`),
      policy,
      link,
    };
  });
}

function failedSettings(standing: DeviceStanding, texts: PageTexts): Markup | undefined {
  const { decision, failed } = standing;
  const { say } = texts;
  const isAboutSettings = ['noncompliant', 'graceExpired', 'inGracePeriod', 'conflict'].includes(
    decision.reason,
  );
  if (!isAboutSettings && (failed === undefined || failed.settings.length === 0)) return undefined;
  const told = tellSettings(standing, texts);
  return html`<section aria-labelledby="why">
    <h2 id="why">${say('device.why')}</h2>
    ${failed === undefined && html`<p>${say('device.whyUnknown')}</p>`}
    ${failed !== undefined && told.length === 0 && html`<p>${say('device.whyNothing')}</p>`}
    ${
      told.length > 0 &&
      html`<ul class="settings">
        ${told.map(
          ({ title, advice, policy, link }) =>
            html`<li>
              <h3>${title}</h3>
              <p>${advice}</p>
              ${link !== undefined && html`<p>${helpLink(link, `${say('device.help')}: ${title}`, texts)}</p>`}
              ${policy !== '' && html`<p class="fine">${say('device.policy', { policy })}</p>`}
            </li>`,
        )}
      </ul>`
    }
  </section>`;
}

/** What a recheck that runs waits for. */
export function tellProgress({ checkedIn, told }: RecheckProgress, { say }: PageTexts): string {
  if (checkedIn) return say('device.runningCheckedIn');
  return say(told === true ? 'device.runningTold' : 'device.runningUntold');
}

function recheckForm({ standing: { recheck }, texts, formToken, self, canTell }: DevicePage): Markup {
  const { say } = texts;
  if (recheck.state === 'running') {
    return html`<section class="recheck" aria-labelledby="recheck" data-watch="/device/state">
      <h2 id="recheck">${say('device.running')}</h2>
      <progress aria-label="${say('device.running')}"></progress>
      <p role="status" data-progress>${tellProgress(recheck, texts)}</p>
      <p class="fine" data-left="${say('device.left')}">
        ${say('device.left', { seconds: recheck.secondsLeft })}
      </p>
      <p class="fine">${say('device.reload')}</p>
    </section>`;
  }
  const { nextInSeconds } = recheck;
  return html`<section class="recheck">
<p>${say(canTell ? 'device.recheckTold' : 'device.recheckUntold')}</p>
<form method="post" action="/device/recheck">
<input type="hidden" name="token" value="${formToken}">
<input type="hidden" name="back" value="${self}">
<button${nextInSeconds > 0 && html` disabled aria-describedby="soon" data-enable-after="${nextInSeconds}"`}>${say('device.recheck')}</button>
</form>
${nextInSeconds > 0 && html`<p class="fine" id="soon">${say('device.recheckSoon', { when: texts.ago(-nextInSeconds) })}</p>`}
</section>`;
}

function facts({ standing: { decision, device }, texts, now }: DevicePage): Markup {
  const { say, ago } = texts;
  const { ageSeconds, lastSyncDateTime } = decision.evidence;
  const answeredAt = Date.parse(decision.evaluatedAt) - (ageSeconds ?? 0) * 1_000;
  const system = [device?.operatingSystem, device?.osVersion].filter((part) => part !== undefined).join(' ');
  const row = (name: string, value: Markup | string): Markup =>
    html`<div>
      <dt>${say(name)}</dt>
      <dd>${value}</dd>
    </div>`;
  const time = (at: number): Markup =>
    html`<time datetime="${new Date(at).toISOString()}">${ago(Math.trunc((now - at) / 1_000))}</time>`;
  return html`<section aria-labelledby="facts">
    <h2 id="facts">${say('device.facts')}</h2>
    <dl>
      ${device?.name !== undefined && row('device.name', html`<bdi>${device.name}</bdi>`)}
      ${system !== '' && row('device.system', html`<bdi>${system}</bdi>`)}
      ${decision.outcome === 'InGracePeriod' && device?.graceEndsAt !== undefined && row('device.graceEnds', time(device.graceEndsAt))}
      ${row('device.checkIn', lastSyncDateTime === null ? say('device.never') : time(Date.parse(lastSyncDateTime)))}
      ${ageSeconds !== null && row('device.answer', time(answeredAt))}
      ${row('device.reference', html`<code>${decision.decisionId}</code>`)}
    </dl>
  </section>`;
}

function generalHelp({ device }: DeviceStanding, texts: PageTexts): Markup {
  const { say } = texts;
  const { check, sync } = helpFor(systemOf(device?.operatingSystem ?? ''));
  return html`<section aria-labelledby="links">
    <h2 id="links">${say('device.links')}</h2>
    <ul>
      <li>${helpLink(check, say('link.check'), texts)}</li>
      ${sync !== undefined && html`<li>${helpLink(sync, say('link.sync'), texts)}</li>`}
    </ul>
  </section>`;
}

/** Addresses are our own, never Intune's. */
function helpLink(href: string, text: string, { say }: PageTexts): Markup {
  return html`<a href="${href}" target="_blank" rel="noopener noreferrer"
    >${text} <span class="fine">${say('device.helpOpens')}</span></a
  >`;
}
