// Comfort only: every page works without this file.
"use strict";
for (const box of document.querySelectorAll(".secret")) {
  const field = box.querySelector("input"), eye = document.createElement("button");
  eye.type = "button";
  eye.append(box.querySelector("template").content.cloneNode(true));
  const show = (on) => {
    field.type = on ? "text" : "password";
    eye.setAttribute("aria-pressed", on);
    eye.setAttribute("aria-label", box.dataset.show);
    eye.title = on ? box.dataset.hide : box.dataset.show;
  };
  eye.addEventListener("click", () => { show(field.type === "password"); field.focus(); });
  const shown = field.type === "text";
  if (!shown) field.form.addEventListener("submit", () => show(false));
  show(shown);
  box.append(eye);
}
const inTime = new Intl.RelativeTimeFormat(document.documentElement.lang);
for (const button of document.querySelectorAll("[data-wait]")) {
  const count = document.createElement("span"), end = Date.now() + 1000 * button.dataset.wait;
  button.append(count);
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    count.textContent = left > 0 ? ` ${inTime.format(left, "second")}` : "";
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.done;
  });
}
for (const told of document.querySelectorAll("[data-plain]")) told.hidden = true;
for (const form of document.querySelectorAll("form[method=post]")) {
  // A second press of the same button would come too late: the first answer is what counts.
  form.addEventListener("submit", (event) => {
    if (form.sent) event.preventDefault();
    form.sent = true;
    setTimeout(() => { form.sent = false; }, 5000);
  });
}
addEventListener("pageshow", () => { for (const form of document.forms) form.sent = false; });
const progress = document.querySelector("[data-look]");
if (progress) {
  let wait = 3000, looks = 60;
  const look = async () => {
    try {
      const answer = await fetch(progress.dataset.look, { redirect: "error" });
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("progress");
      if (!found) return;
      if (found.textContent.trim() !== progress.textContent.trim()) progress.replaceChildren(...found.childNodes);
      if (!found.dataset.look) return;
    } catch { wait *= 2; }
    wait = Math.min(wait * 1.2, 30000);
    if (--looks) setTimeout(look, wait);
  };
  setTimeout(look, wait);
}
const code = document.getElementById("code");
if (code && "OTPCredential" in window) {
  const stop = new AbortController();
  code.form.addEventListener("submit", () => stop.abort());
  navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal }).then(
    (found) => { if (found && !code.value) code.value = found.code; }, () => {});
}
for (const form of document.querySelectorAll("[data-passkey]")) {
  // The device signs what the server asks; its answer goes back in the form.
  if (!window.PublicKeyCredential) break;
  for (const told of document.querySelectorAll("[data-without-passkey]")) told.hidden = true;
  form.hidden = false;
  const button = form.querySelector("button"), error = form.querySelector(".error"), { csrf, answer } = form.elements;
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (data) => btoa(String.fromCharCode(...new Uint8Array(data))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const listed = (each) => ({ ...each, id: bytes(each.id) });
  const ask = async () => {
    const asked = await fetch(form.dataset.passkey, { method: "POST", body: new URLSearchParams({ csrf: csrf.value }), redirect: "error" });
    if (!asked.ok) throw { name: await asked.text() };
    const options = await asked.json(), { user, excludeCredentials } = options;
    options.challenge = bytes(options.challenge);
    if (user) user.id = bytes(user.id);
    if (excludeCredentials) options.excludeCredentials = excludeCredentials.map(listed);
    const { id, response } = await navigator.credentials[user ? "create" : "get"]({ publicKey: options });
    const brought = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[name]) brought[name] = text(response[name]);
    }
    answer.value = JSON.stringify({ id, rawId: id, response: brought });
    form.submit();
  };
  const words = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "exists", often: "often" };
  button.addEventListener("click", () => {
    button.disabled = error.hidden = true;
    ask().catch(({ name }) => {
      error.querySelector("span").textContent = form.dataset[words[name]] || form.dataset.failed;
      button.disabled = error.hidden = false;
      button.focus();
    });
  });
  addEventListener("pageshow", () => { button.disabled = false; });
}
for (const box of document.querySelectorAll(".number")) {
  // What the server will say after the press, already while the number is typed.
  const field = box.querySelector("input[type=tel]"), country = box.querySelector("select"), hint = box.querySelector("[data-check]");
  const first = hint.textContent, csrf = field.form.elements.csrf.value;
  let asked = 0;
  const check = async (left) => {
    const mine = ++asked, typed = field.value.trim();
    const flat = typed.replace(/^00/, "+").replace(/[^+\d]/g, "");
    if (flat[0] === "+") {
      const known = [...country.options].find((each) => flat.startsWith(each.dataset.prefix));
      if (known && !flat.startsWith(country.selectedOptions[0].dataset.prefix)) country.value = known.value;
    }
    if (!typed) { hint.textContent = first; return; }
    try {
      const said = { csrf, check: "yes", [field.name]: typed, [country.name]: country.value };
      const answer = await fetch(field.form.action, { method: "POST", body: new URLSearchParams(said), redirect: "error" });
      const { wrong, shown } = await answer.json();
      if (mine === asked) hint.textContent = shown || left && wrong || first;
    } catch { hint.textContent = first; }
  };
  let soon;
  field.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(check, 300, false); });
  for (const each of [field, country]) each.addEventListener("change", () => { clearTimeout(soon); check(true); });
}
for (const frame of document.querySelectorAll("iframe.body")) {
  // The body has no script of its own and cannot have one; that it keeps this origin lets it be measured.
  const fit = () => {
    const inside = frame.contentDocument, body = inside?.body, root = inside?.documentElement;
    if (!body || inside.URL === "about:blank") return;
    const size = getComputedStyle(document.documentElement).fontSize;
    if (frame.contentWindow.getComputedStyle(root).fontSize !== size) root.style.fontSize = size;
    const mail = body.querySelector(":scope > .zegel-mail");
    if (mail) narrow(inside, mail);
    const bar = root.scrollWidth > root.clientWidth ? 20 : 0;
    frame.style.height = `${Math.min(Math.max(body.offsetHeight, body.scrollHeight, 96) + bar, 30000)}px`;
  };
  // What is wider than the screen is made smaller until it fits. The style sheet in the frame does so by an estimate.
  const narrow = (inside, mail) => {
    const own = inside.querySelector("body > .zegel-own"), room = inside.documentElement, style = mail.style;
    style.zoom = 1;
    const width = mail.scrollWidth, least = mail.clientWidth;
    if (own?.open) return;
    // What would have to be smaller than that cannot be read: it keeps its size, and is moved inside the frame.
    style.zoom = width > least + 1 && least / width >= .3 ? Math.floor(1000 * least / width) / 1000 : 1;
    if (style.zoom < 1 && room.scrollWidth > room.clientWidth) style.zoom *= .97;
    if (style.zoom < 1 && !own) {
      const made = inside.createElement("details"), word = inside.createElement("summary");
      made.className = "zegel-own";
      word.textContent = frame.dataset.wide;
      made.append(word);
      mail.before(made);
    }
    if (own) own.style.setProperty("display", style.zoom < 1 ? "block" : "none", "important");
  };
  let width = 0;
  frame.addEventListener("load", () => {
    fit();
    frame.contentDocument?.addEventListener("toggle", fit, true);
  });
  new ResizeObserver(() => {
    if (frame.clientWidth !== width) { width = frame.clientWidth; fit(); }
  }).observe(frame);
}
for (const link of document.querySelectorAll("[data-print]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.querySelector(".sheet")?.remove();
    const sheet = document.createElement("iframe");
    sheet.className = "sheet";
    sheet.tabIndex = -1;
    sheet.setAttribute("aria-hidden", "true");
    sheet.setAttribute("sandbox", "allow-same-origin allow-modals");
    sheet.addEventListener("load", () => sheet.contentWindow.print());
    sheet.src = link.href;
    document.body.append(sheet);
  });
}
const told = [...document.querySelectorAll("main [role=status]")].map((each) => each.textContent.trim()).filter(Boolean);
if (told.length) {
  // What is there when a page opens is not a change, and most readers of screens pass over it. So it is said once more.
  const voice = document.createElement("p");
  voice.className = "unseen";
  voice.setAttribute("aria-live", "polite");
  document.querySelector("main").append(voice);
  setTimeout(() => { voice.textContent = told.join(" ").replace(/\s+/g, " "); }, 300);
  setTimeout(() => voice.remove(), 8000);
}
const papers = [...document.querySelectorAll(".paper")];
addEventListener("keydown", (event) => {
  // From one page to the next with "n" and "p", while a page has the focus: arrows move one that is wider than the screen.
  const step = { n: 1, p: -1 }[event.key], at = papers.indexOf(document.activeElement);
  if (step && at >= 0 && !event.ctrlKey && !event.metaKey && !event.altKey) papers[at + step]?.focus();
});
