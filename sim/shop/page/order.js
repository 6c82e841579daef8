// Moves the order along as the webhooks arrive: looks every two seconds, as long as somebody looks at the page.
const pollMS = 2000;

const times = () => {
  for (const time of document.querySelectorAll("time[datetime]")) {
    time.textContent = new Date(time.dateTime).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  }
};

async function look() {
  const answer = await fetch(location.href).catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("#order");
  const here = document.querySelector("#order");
  if (fresh.dataset.state === here.dataset.state) return;
  const said = document.querySelector("#said"); // stays, so that a screen reader hears it change
  fresh.querySelector("#said").replaceWith(said);
  here.replaceWith(document.adoptNode(fresh));
  times();
  said.textContent = fresh.querySelector(".lead").textContent;
}

times();
setInterval(() => document.hidden || look(), pollMS);
