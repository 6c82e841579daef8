import { mount } from "svelte";
import "../kit/base.css";
import Figures from "./Figures.svelte";
import { speech } from "./speech";

await speech.begin();
mount(Figures, { target: document.getElementById("app")! });
