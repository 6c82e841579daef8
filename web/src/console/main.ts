import { mount } from "svelte";
import "../kit/base.css";
import Console from "./Console.svelte";
import { Handset } from "./handset";
import "./table.css";

// A key in the address leaves it at once: it would stay in the history.
const prefilled = new URLSearchParams(location.hash.slice(1)).get("key") ?? "";
if (prefilled) history.replaceState(null, "", location.pathname);

const handset = new Handset();
mount(Console, { target: document.getElementById("app")!, props: { prefilled, handset } });
handset.begin();
