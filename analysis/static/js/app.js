/* Small comforts on pages that work without them. */

/* --- the file of an import: drop it anywhere on the box, and hear at once when it is too large */
function bytesFit(input) {
  const file = input.files[0];
  return !file || file.size <= Number(input.dataset.maxBytes);
}

document.querySelectorAll("[data-drop]").forEach((box) => {
  const input = box.querySelector("input[type=file]");
  const label = box.querySelector("[data-drop-label]");
  const error = box.querySelector("[data-drop-error]");
  const first = label.textContent;
  box.querySelector("[data-drop-hint]").hidden = false;

  input.addEventListener("change", () => {
    label.textContent = input.files[0]?.name ?? first;
    box.classList.toggle("chosen", input.files.length > 0);
    error.hidden = bytesFit(input);
    error.textContent = error.hidden ? "" : input.dataset.tooLarge;
    input.setCustomValidity(error.textContent);
  });
  ["dragenter", "dragover"].forEach((name) => box.addEventListener(name, (event) => {
    event.preventDefault();
    box.classList.add("over");
  }));
  ["dragleave", "drop"].forEach((name) => box.addEventListener(name, () => box.classList.remove("over")));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
});

/* --- the columns of an import: another choice shows its own values */
document.querySelectorAll("[data-mapping]").forEach((row) => {
  const select = row.querySelector("select");
  select.addEventListener("change", () => {
    const chosen = select.selectedOptions[0];
    row.querySelector("[data-kind-of]").textContent = chosen.dataset.kind ?? "";
    row.querySelector("[data-samples-of]").textContent = chosen.dataset.samples ?? "";
  });
});

/* --- menus close when one looks elsewhere */
document.addEventListener("click", (event) => {
  document.querySelectorAll("details.drop-menu[open], details.group[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.drop-menu[open], details.group[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

/* --- a comment opens beside the list */
const drawer = document.getElementById("drawer");
if (drawer) {
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "drawer-body" && !drawer.open) drawer.showModal();
  });
  drawer.addEventListener("click", (event) => {
    if (event.target === drawer) drawer.close();
  });
  drawer.addEventListener("close", () => document.getElementById("drawer-body").replaceChildren());
}

/* --- a link with a modifier key is a link, not a drawer */
document.body.addEventListener("htmx:confirm", (event) => {
  const click = event.detail.triggeringEvent;
  if (click instanceof MouseEvent && event.detail.elt.matches("[data-drawer]") && (click.ctrlKey || click.metaKey || click.shiftKey)) {
    event.preventDefault();
    window.open(event.detail.elt.href, "_blank", "noopener");
  }
});

/* --- the results say that they are being fetched */
document.body.addEventListener("htmx:beforeRequest", (event) => event.detail.target?.setAttribute?.("aria-busy", "true"));

/* --- a new token is copied in one click */
document.querySelectorAll("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.done;
  });
});

/* --- on a narrow screen the tab that one is on is in sight */
// Not scrollIntoView: the first Tab of the keyboard would start from there.
const tab = document.querySelector(".tabs [aria-current]");
const bar = tab?.closest(".tabs");
if (bar) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - (bar.clientWidth - tab.clientWidth) / 2;
