/** Convolution, pools, norms by channel and upsampling against PyTorch (scripts/oracle/nn_conv.py). */
import * as nn from '../../src/nn/index.node.js'
import { type Maker, testAgainstTorch } from './oracle.js'

const sized =
  (Layer: new (inputs: number, outputs: number, kernel: nn.Sizes, options: object) => nn.Module): Maker =>
  ([inputs, outputs, kernel], options) =>
    new Layer(inputs, outputs, kernel, options)

/** Layers of one size, without parameters: they have no dtype. */
const pool =
  (Layer: new (size: never, options?: object) => nn.Module): Maker =>
  ([size], { dtype: _, ...options }) =>
    new Layer(size as never, options)

const norm =
  (Layer: new (features: number, options: object) => nn.Module): Maker =>
  ([features], options) =>
    new Layer(features, options)

testAgainstTorch('conv', {
  Conv1d: sized(nn.Conv1d),
  Conv2d: sized(nn.Conv2d),
  Conv3d: sized(nn.Conv3d),
  ConvTranspose1d: sized(nn.ConvTranspose1d),
  ConvTranspose2d: sized(nn.ConvTranspose2d),
})

testAgainstTorch('pool', {
  MaxPool1d: pool(nn.MaxPool1d),
  MaxPool2d: pool(nn.MaxPool2d),
  AvgPool1d: pool(nn.AvgPool1d),
  AvgPool2d: pool(nn.AvgPool2d),
  AdaptiveAvgPool1d: pool(nn.AdaptiveAvgPool1d),
  AdaptiveAvgPool2d: pool(nn.AdaptiveAvgPool2d),
  AdaptiveMaxPool1d: pool(nn.AdaptiveMaxPool1d),
  AdaptiveMaxPool2d: pool(nn.AdaptiveMaxPool2d),
})

testAgainstTorch('channels', {
  BatchNorm1d: norm(nn.BatchNorm1d),
  BatchNorm2d: norm(nn.BatchNorm2d),
  InstanceNorm1d: norm(nn.InstanceNorm1d),
  InstanceNorm2d: norm(nn.InstanceNorm2d),
  GroupNorm: ([groups, channels], options) => new nn.GroupNorm(groups, channels, options),
  Upsample: (_, { dtype: _type, ...options }) => new nn.Upsample(options),
})
