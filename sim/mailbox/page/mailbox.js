// Keeps the list fresh: asks every two seconds what has arrived and puts it in front, so that a newcomer need not reload.
const pollMS = 2000;
const news = document.getElementById("news");

async function look() {
  const answer = await fetch("/").catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector(".mails");
  const here = document.querySelector(".mails, .empty");
  const before = document.querySelectorAll(".mails li").length;
  if (!fresh || fresh.isEqualNode(here) || fresh.textContent === here.textContent) return;
  const known = new Set([...document.querySelectorAll(".mails a")].map((a) => a.getAttribute("href")));
  for (const li of fresh.children) li.classList.toggle("new", !known.has(li.firstElementChild.getAttribute("href")));
  here.replaceWith(document.adoptNode(fresh));
  if (fresh.children.length > before) news.textContent = `New mail: ${fresh.querySelector(".subject").textContent}`;
}

if (news) setInterval(() => document.hidden || look(), pollMS);
