// What a browser with scripts does beyond a form: it sends a step that waits, it watches a recheck, and it sends nothing twice.
// Every page works without. Nothing here makes HTML from text.

const POLL_MS = 3_000;

/** A step counts once; the second press of a button would end the journey. */
function sendOnce(form) {
  let isSent = false;
  form.addEventListener('submit', (event) => {
    if (isSent) event.preventDefault();
    isSent = true;
    form.setAttribute('aria-busy', 'true');
  });
  // The way back shows the page as it was left.
  globalThis.addEventListener('pageshow', () => {
    isSent = false;
    form.removeAttribute('aria-busy');
  });
}

function sendAfter(form) {
  setTimeout(() => {
    if (form.getAttribute('aria-busy') !== 'true') form.requestSubmit();
  }, Number(form.dataset.sendAfter));
}

/** What a page may know of a device without asking anybody for it. */
function fillDeviceProfile(input) {
  const { language, platform, userAgent } = navigator;
  const { width, height } = screen;
  input.value = JSON.stringify({
    metadata: { browser: { userAgent }, platform: { language, platform }, display: { width, height } },
  });
}

function enableAfter(button) {
  setTimeout(
    () => {
      button.disabled = false;
      button.removeAttribute('aria-describedby');
      document.getElementById('soon')?.remove();
    },
    Number(button.dataset.enableAfter) * 1_000,
  );
}

/** Asks how the recheck goes. When it is over, the page is loaded anew and says what came of it. */
function watch(section) {
  const left = section.querySelector('[data-left]');
  const progress = section.querySelector('[data-progress]');
  const look = async () => {
    try {
      const answer = await fetch(section.dataset.watch, { headers: { accept: 'application/json' } });
      if (!answer.ok) throw new Error('no answer');
      const { recheck, progressText } = await answer.json();
      if (recheck.state !== 'running') {
        location.reload();
        return;
      }
      left.textContent = left.dataset.left.replace('{seconds}', String(recheck.secondsLeft));
      // Only what is new is read out.
      if (progress.textContent !== progressText) progress.textContent = progressText;
    } catch {
      // Whoever is offline for a moment goes on afterwards; an end of the session shows when the page is loaded anew.
      failures += 1;
      if (failures >= 5) {
        location.reload();
        return;
      }
    }
    setTimeout(look, POLL_MS);
  };
  let failures = 0;
  setTimeout(look, POLL_MS);
}

for (const form of document.forms) {
  sendOnce(form);
  if (form.dataset.sendAfter !== undefined) sendAfter(form);
}
for (const input of document.querySelectorAll('[data-device-profile]')) fillDeviceProfile(input);
for (const button of document.querySelectorAll('[data-enable-after]')) enableAfter(button);
for (const section of document.querySelectorAll('[data-watch]')) watch(section);
