import { mount } from "svelte";
import "../kit/base.css";
import { Carrying } from "../kit/carrying.svelte";
import { Cupboard } from "../kit/cupboard";
import { Radios } from "../kit/radios.svelte";
import { keepShell } from "../kit/shell";
import { isPresence } from "../latch/line-radio";
import { Account } from "./account.svelte";
import Collect from "./Collect.svelte";
import { speech } from "./speech";

const cupboard = new Cupboard();
const [account, radios, carrying] = [new Account(cupboard), new Radios(cupboard, { overLine: true }), new Carrying(cupboard)];

// What stands behind the # leaves the address at once: it would stay in the history. It is a link's token, or the code that is
// printed on a locker, which somebody scanned there.
const fragment = location.hash.slice(1);
if (fragment) history.replaceState(null, "", location.pathname);
if (isPresence(fragment)) radios.presence = fragment;
const token = isPresence(fragment) ? "" : fragment;

await speech.begin();
mount(Collect, { target: document.getElementById("app")!, props: { account, radios, carrying } });
void radios.begin();
carrying.begin();
void account.begin(token);
keepShell("/collect");
