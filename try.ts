import { runTraining } from './src/train/index.node.js'
import { memory } from './src/tensor/index.js'
const r = await runTraining({ text: 'data: { format: digits }\nmodel: { layers: [Flatten, {Linear: {outFeatures: 32}}, Linear] }\noptimizer: {name: SGD, lr: 0.1}\nloss: crossEntropy\nepochs: 3\n', name: 'c.yaml' }, { onRecord: (x) => { if (x.type==='epoch') console.log(JSON.stringify(x)) } })
console.log(r.outcome, r.final, memory())
