import { mount } from "svelte";
import "../kit/base.css";
import Landing from "./Landing.svelte";
import { speech } from "./speech";

await speech.begin();
mount(Landing, { target: document.getElementById("app")! });
