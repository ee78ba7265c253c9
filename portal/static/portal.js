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
  field.form.addEventListener("submit", () => show(false));
  show(false);
  box.append(eye);
}
for (const button of document.querySelectorAll("[data-wait]")) {
  const words = button.textContent, end = Date.now() + 1000 * button.dataset.wait;
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `${words} (${left})` : words;
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
