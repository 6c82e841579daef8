import { mount } from "svelte";
import "../kit/base.css";
import { Locker } from "./locker.svelte";
import Panel from "./Panel.svelte";

const locker = new Locker();
mount(Panel, { target: document.getElementById("app")!, props: { locker } });
locker.watch();
