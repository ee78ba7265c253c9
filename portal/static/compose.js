// Comfort while writing a reply: files in a list, how far the sending is, a draft that is kept. The form works without.
"use strict";
const language = document.documentElement.lang;
const inWords = (bytes) => {
  const [amount, unit] = bytes < 1e3 ? [bytes, "bytes"] : bytes < 1e6 ? [Math.round(bytes / 1e3), "kB"] : [bytes / 1e6, "MB"];
  return `${amount.toLocaleString(language, { maximumFractionDigits: 1 })}\u00a0${unit}`;
};
let files = [], unsaved = false, sending = null, timer = 0;
const write = (form) => {
  const say = form.dataset, one = (name) => form.querySelector(`[data-${name}]`);
  const upload = form.querySelector(".upload"), field = form.querySelector("input[type=file]"), text = form.elements.text;
  const told = one("told"), bar = one("progress"), list = one("files");
  const alarm = (place, words) => {
    place.replaceChildren();
    if (!words) return;
    const note = one("alert").content.cloneNode(true);
    note.querySelector("span").textContent = words;
    place.append(note);
  };
  const fits = () => {
    if (!field) return true;
    const total = files.reduce((sum, file) => sum + file.size, new Blob([text.value]).size);
    const problem = total > say.size ? say.large : files.length > say.count ? say.many : "";
    alarm(one("problem"), problem);
    upload.classList.toggle("wrong", !!problem);
    return !problem;
  };
  const show = () => {
    list.replaceChildren(...files.map((file, at) => {
      const row = one("file").content.cloneNode(true), remove = row.querySelector("button");
      const end = file.name.includes(".") ? file.name.split(".").pop() : "";
      row.querySelector(".badge").textContent = /^\w{1,4}$/.test(end) ? end.toUpperCase() : "";
      row.querySelector(".name").textContent = file.name;
      row.querySelector(".soft").textContent = inWords(file.size);
      remove.title = remove.getAttribute("aria-label");
      remove.setAttribute("aria-label", `${remove.title}: ${file.name}`);
      remove.addEventListener("click", () => {
        files.splice(at, 1);
        show();
        fits();
        (list.querySelectorAll("button")[Math.min(at, files.length - 1)] || choose).focus();
      });
      return row;
    }));
    list.hidden = !files.length;
  };
  const add = (more) => {
    const same = (a, b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
    for (const file of more) if (!files.some((each) => same(each, file))) files.push(file);
    show();
    fits();
  };
  let choose;
  if (field) {
    upload.append(one("choose").content.cloneNode(true));
    choose = upload.querySelector(":scope > button");
    choose.setAttribute("aria-describedby", "files-hint");
    choose.addEventListener("click", () => field.click());
    field.hidden = true;
    const again = one("again");
    if (again && files.length) again.hidden = true;
    field.addEventListener("change", () => { add(field.files); field.value = ""; });
    form.addEventListener("dragover", (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      upload.classList.add("over");
    });
    for (const end of ["dragleave", "drop"]) form.addEventListener(end, () => upload.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      add(event.dataTransfer.files);
    });
    text.addEventListener("paste", (event) => add(event.clipboardData.files));
    if (files.length) show();
  }
  const content = (withFiles) => {
    const data = new FormData(form);
    data.delete("files");
    if (withFiles) for (const file of files) data.append("files", file);
    return data;
  };
  const save = async (keepalive = false) => {
    clearTimeout(timer);
    if (!unsaved || sending) return;
    unsaved = false;
    try {
      const answer = await fetch(say.keep, { method: "POST", body: content(false), keepalive, redirect: "error" });
      if (!answer.ok) throw new Error();
      if (!unsaved) told.textContent = say.saved;
    } catch { unsaved = true; }
  };
  form.addEventListener("input", (event) => {
    if (event.target === field) return;
    unsaved = true;
    told.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(save, 3000);
  });
  form.save = save;
  const rest = (words) => {
    sending = null;
    bar.hidden = true;
    form.querySelector("[type=submit]").disabled = false;
    alarm(one("lost-place"), words);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (sending) return;
    if (!fits()) return choose.focus();
    clearTimeout(timer);
    const [line, words] = bar.children, ask = new XMLHttpRequest();
    sending = ask;
    alarm(one("lost-place"), "");
    form.querySelector("[type=submit]").disabled = true;
    bar.hidden = false;
    line.value = 0;
    words.textContent = say.sending;
    ask.open("POST", form.action);
    ask.upload.addEventListener("progress", ({ loaded, total }) => {
      line.value = 100 * loaded / total;
      const tenth = 10 * Math.floor(10 * loaded / total);  // said aloud ten times, not a thousand
      words.textContent = tenth === 100 ? say.arrived : `${say.sending}: ${tenth}\u00a0%`;
    });
    ask.addEventListener("load", () => {
      if (new URL(ask.responseURL).pathname !== new URL(form.action).pathname) {
        files = [];
        unsaved = false;
        return location.replace(ask.responseURL);
      }
      rest("");
      const page = new DOMParser().parseFromString(ask.responseText, "text/html");
      document.title = page.title;
      document.querySelector("main").replaceChildren(...page.querySelector("main").childNodes);
      unsaved = false;
      const next = document.querySelector(".compose");
      if (next) write(next);
      (document.querySelector("main [autofocus]:not([hidden])") || document.querySelector("main .error, main h1")).focus();
    });
    for (const end of ["error", "timeout", "abort"]) ask.addEventListener(end, () => rest(say.lost));
    ask.send(content(true));
  });
};
const compose = () => document.querySelector(".compose");
if (compose()) {
  write(compose());
  addEventListener("beforeunload", (event) => { if (sending || unsaved || files.length) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && compose()) compose().save(true); });
}
