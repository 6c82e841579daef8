import { mount } from "svelte";
import "../kit/base.css";
import { Carrying } from "../kit/carrying.svelte";
import { Cupboard } from "../kit/cupboard";
import { Radios } from "../kit/radios.svelte";
import { keepShell } from "../kit/shell";
import Courier from "./Courier.svelte";
import { Round } from "./round.svelte";
import { speech } from "./speech";

const cupboard = new Cupboard();
const [round, carrying] = [new Round(cupboard), new Carrying(cupboard)];
const radios = new Radios(cupboard, { overLine: () => round.key });

// The demo's key comes in the fragment, which no server sees; it leaves the address at once.
const given = new URLSearchParams(location.hash.slice(1)).get("key") ?? "";
if (given) history.replaceState(null, "", location.pathname);

await speech.begin();
mount(Courier, { target: document.getElementById("app")!, props: { round, radios, carrying, given } });
void radios.begin();
carrying.begin();
void round.refresh();
keepShell("/courier");
