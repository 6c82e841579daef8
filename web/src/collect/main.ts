import { mount } from "svelte";
import "../kit/base.css";
import { Carrying } from "../kit/carrying.svelte";
import { Cupboard } from "../kit/cupboard";
import { Radios } from "../kit/radios.svelte";
import { keepShell } from "../kit/shell";
import { Account } from "./account.svelte";
import Collect from "./Collect.svelte";
import { speech } from "./speech";

const cupboard = new Cupboard();
const [account, radios, carrying] = [new Account(cupboard), new Radios(cupboard, { overLine: true }), new Carrying(cupboard)];

// The link's token leaves the address at once: it would stay in the history.
const token = location.hash.slice(1);
if (token) history.replaceState(null, "", location.pathname);

await speech.begin();
mount(Collect, { target: document.getElementById("app")!, props: { account, radios, carrying } });
void radios.begin();
carrying.begin();
void account.begin(token);
keepShell("/collect");
