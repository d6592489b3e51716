import {
  Box3, Color, DirectionalLight, HemisphereLight, PerspectiveCamera, Scene, Sphere, Spherical, Vector3, WebGLRenderer,
} from 'three';
import { OrbitControls } from 'three/addons/controls/OrbitControls.js';
import { GLTFLoader } from 'three/addons/loaders/GLTFLoader.js';

// Browsers allow some 16 WebGL contexts a page: one draws all models, each picture is copied to its own 2D canvas.
const mostModels = 40; // kept in memory; others are read again when they come into sight
const fieldOfView = 35;
const startAzimuth = 35;
const startElevation = 20;
const keyStep = Math.PI / 18;

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

function disposeModel(model) {
  model.traverse((part) => {
    part.geometry?.dispose();
    part.material?.dispose();
  });
}

class Stage {
  constructor(canvas, index, changed) {
    this.canvas = canvas;
    this.index = index;
    this.context = canvas.getContext('2d');
    this.camera = new PerspectiveCamera(fieldOfView, 1, 0.01, 100);
    const light = new DirectionalLight(new Color(1, 1, 1), 1.6);
    light.position.set(0.6, 1, 1.2);
    this.camera.add(light);
    this.scene = new Scene();
    this.scene.add(new HemisphereLight(0xffffff, 0x8d8d99, 2.2), this.camera);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableZoom = false; // until the canvas has the focus: the wheel is for the page
    canvas.style.touchAction = 'pan-y';
    this.model = null;
    this.loading = false;
    this.visible = false;
    this.dirty = true;
    this.framed = false;
    this.lastSeen = 0;
    this.changed = () => {
      this.dirty = true;
      changed();
    };
    this.controls.addEventListener('change', this.changed);
    canvas.addEventListener('pointerdown', () => canvas.focus({ preventScroll: true }));
    canvas.addEventListener('focus', () => { this.controls.enableZoom = true; });
    canvas.addEventListener('blur', () => { this.controls.enableZoom = false; });
    canvas.addEventListener('dblclick', () => this.controls.reset());
    canvas.addEventListener('keydown', (event) => this.turn(event));
    this.setState('waiting');
  }

  setState(state) {
    this.canvas.dataset.state = state;
  }

  turn(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const keys = {
      ArrowLeft: [-keyStep, 0, 1], ArrowRight: [keyStep, 0, 1], ArrowUp: [0, -keyStep, 1], ArrowDown: [0, keyStep, 1],
      '+': [0, 0, 0.9], '=': [0, 0, 0.9], '-': [0, 0, 1 / 0.9],
    };
    if (event.key === 'Home') {
      this.controls.reset();
    } else if (keys[event.key]) {
      const [azimuth, polar, zoom] = keys[event.key];
      const offset = new Spherical().setFromVector3(this.camera.position.clone().sub(this.controls.target));
      offset.theta += azimuth;
      offset.phi += polar;
      offset.radius = Math.min(Math.max(offset.radius * zoom, this.controls.minDistance), this.controls.maxDistance);
      this.camera.position.setFromSpherical(offset.makeSafe()).add(this.controls.target);
      this.controls.update();
    } else {
      return;
    }
    event.preventDefault();
  }

  show(model) {
    this.model = model;
    this.scene.add(model);
    if (!this.framed) {
      const ball = new Box3().setFromObject(model).getBoundingSphere(new Sphere());
      const distance = (0.95 * ball.radius) / Math.sin((fieldOfView * Math.PI) / 360);
      const direction = new Vector3().setFromSphericalCoords(
        distance, ((90 - startElevation) * Math.PI) / 180, (startAzimuth * Math.PI) / 180,
      );
      this.camera.position.copy(ball.center).add(direction);
      this.controls.target.copy(ball.center);
      this.controls.minDistance = distance / 6;
      this.controls.maxDistance = distance * 3;
      this.controls.update();
      this.controls.saveState();
      this.framed = true;
    }
    this.changed();
  }

  drop() {
    if (!this.model) return;
    this.scene.remove(this.model);
    disposeModel(this.model);
    this.model = null;
  }

  draw(renderer) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    this.canvas.width = width; // clears it, too
    this.canvas.height = height;
    renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    renderer.render(this.scene, this.camera);
    this.context.drawImage(renderer.domElement, 0, 0);
    this.dirty = false;
    this.setState('shown');
  }
}

export class Stages {
  /// meshText: base64 of the glb of an object, by its index. Throws where there is no WebGL.
  constructor(meshText) {
    this.meshText = meshText;
    this.renderer = new WebGLRenderer({ antialias: true, alpha: true });
    this.loader = new GLTFLoader();
    this.stages = new Map();
    this.requested = false;
    this.inSight = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const stage = this.stages.get(entry.target);
        stage.visible = entry.isIntersecting;
        if (stage.visible) this.request();
      }
    }, { rootMargin: '300px' });
    this.resized = new ResizeObserver((entries) => {
      for (const entry of entries) this.stages.get(entry.target).changed();
    });
    this.renderer.domElement.addEventListener('webglcontextrestored', () => {
      for (const stage of this.stages.values()) stage.changed();
    });
  }

  add(canvas, index) {
    this.stages.set(canvas, new Stage(canvas, index, () => this.request()));
    this.inSight.observe(canvas);
    this.resized.observe(canvas);
  }

  request() {
    if (this.requested) return;
    this.requested = true;
    requestAnimationFrame((now) => {
      this.requested = false;
      this.frame(now);
    });
  }

  frame(now) {
    for (const stage of this.stages.values()) {
      if (!stage.visible) continue;
      stage.lastSeen = now;
      if (stage.model && stage.dirty) stage.draw(this.renderer);
    }
    // One model is read a frame, so that the page stays responsive.
    const next = [...this.stages.values()].find((stage) => stage.visible && !stage.model && !stage.loading);
    if (next) this.load(next);
  }

  async load(stage) {
    stage.loading = true;
    stage.setState('loading');
    try {
      const { scene } = await this.loader.parseAsync(bytesOf(this.meshText(stage.index)), '');
      this.makeRoom();
      stage.show(scene);
      stage.loading = false;
    } catch (error) {
      // It stays marked as loading, so that it is not tried again.
      stage.setState('failed');
      stage.canvas.title = `The model could not be read: ${error.message}`;
    }
    this.request();
  }

  makeRoom() {
    const shown = [...this.stages.values()].filter((stage) => stage.model && !stage.visible);
    const total = [...this.stages.values()].filter((stage) => stage.model).length;
    shown.sort((a, b) => a.lastSeen - b.lastSeen);
    for (const stage of shown.slice(0, Math.max(0, total + 1 - mostModels))) stage.drop();
  }
}
