// With delivery to the door no site is needed: the widget is put to sleep, and so it does not hold up the form.
const sites = document.querySelector("lockhouse-sites");
const ways = document.querySelectorAll("input[name=by]");
const choose = () => sites.toggleAttribute("disabled", document.querySelector("input[name=by]:checked").value === "home");
for (const way of ways) way.addEventListener("change", choose);
choose(); // a reload may have restored another choice

// Looking near another ZIP code must not cost what was typed so far.
document.querySelector("#zip").addEventListener("change", (event) => {
  const points = new URL(location.href);
  points.searchParams.set("zip", event.target.value);
  fetch(points).then(async (answer) => {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const name of ["near", "near-label"]) sites.setAttribute(name, page.querySelector("lockhouse-sites").getAttribute(name));
  }, () => event.target.form.submit());
});
