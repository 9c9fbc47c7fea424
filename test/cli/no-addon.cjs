// Preloaded: the addon cannot be loaded.
process.dlopen = () => {
  throw new Error('the addon was loaded')
}
